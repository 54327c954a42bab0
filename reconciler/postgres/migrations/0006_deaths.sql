-- Which workers have died in the middle of a request: beside others, which may have been the cause, or with nothing else
-- under way. A worker that comes back takes itself out again. `kills` is what earlier versions count.
ALTER TABLE fleet_request ADD COLUMN worker bigint;            -- who has begun it last; NULL: nobody is at it
ALTER TABLE fleet_request ADD COLUMN beside bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE fleet_request ADD COLUMN alone bigint[] NOT NULL DEFAULT '{}';

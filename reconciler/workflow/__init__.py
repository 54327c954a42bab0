"""The story: one file a command family, one short function a command. The only place where parts are put together."""

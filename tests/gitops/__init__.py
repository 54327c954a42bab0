"""The shipped workflows, run: a forge with an API, a runner that does what the files say, repositories."""

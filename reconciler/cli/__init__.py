"""The command line: parse, call the workflow, print, exit. One file a command family, loaded when it is used."""

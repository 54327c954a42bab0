"""Stories of backend git: a bare repository as the remote, clones of it as machines."""

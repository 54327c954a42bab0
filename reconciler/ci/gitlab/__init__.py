"""GitLab CI: what its jobs tell, its API, and the component that a project includes."""

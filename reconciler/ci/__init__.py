"""Reports to a continuous-integration service: comment, annotations, outputs, summary, issue."""

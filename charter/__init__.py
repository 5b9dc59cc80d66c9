"""The application: command line, reports and, later, the web."""

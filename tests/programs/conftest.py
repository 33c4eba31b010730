"""The programs are read by tests, not collected as such."""

collect_ignore_glob = ["[0-9]*.py"]

"""Windows. The only package that loads Qt."""

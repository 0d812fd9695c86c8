"""What a workstation remembers: settings in profiles, on disk, with a way back.

`model` is frozen; `store` is a TOML file that may hold anything and is always whole; `history` is
undo; `effective` puts the environment above the file; `editor` is what the page of settings does;
`operators` keeps hashes of passphrases.
"""

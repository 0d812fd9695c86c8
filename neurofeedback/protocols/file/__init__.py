"""Protocol files: reading, refusing in sentences, writing, comparing.

`reading` takes files that may hold anything. `toml_lines` finds the line of each key, and gives
none where it disagrees with `tomllib`; `schema` is what is allowed at each place; `problems` puts
all that is wrong into sentences. `writing` makes files; `difference` compares what is hashed.
`reference` reads the meaning of each key from the model's docstrings, for the comments in new files
and for ``docs/protocol-file.md``.
"""

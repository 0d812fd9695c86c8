"""What a study comes to: tables, a report of them, and the checklist of the field.

Report and checklist are made from the tables, so that whoever has these can make them again. Read
`tables` (a table with the meaning of its columns), `columns` (which there are), `masking` (letters
in the place of arms), `session_figures` (one session opened), `collect` (all of a study),
`phenotype` and `redcap` (the same for other programs) and `tables_folder` (on disk).
"""

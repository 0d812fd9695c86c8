"""Questionnaires: what is asked, what may be answered, how it is scored.

Pure: items, answers, totals, severity and the safety prompt (`instrument`, `library`), and what a
window needs of whoever keeps answers (`keeping.ResponseStore`, which `store.keeping` fulfils).
"""

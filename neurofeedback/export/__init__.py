"""Sessions in other formats: for other programs, and for people who must not know who it was.

`edf` and `mne_formats` write one file for each session. `deidentify` writes a session anew from
what is known of it, `bundle` makes an archive of such sessions, and `bundle_key` keeps who is whom.
`output` makes files appear whole or not at all, as ``age`` files (`age`, `stream`) where a
passphrase is given; `first_format` reads the encrypted exports of early versions.
"""

"""Help inside the program: the guide at the page one is on, terms by hovering, and About.

`desk_help` opens everything from the desk. `guide` shows the pages that come with the program
(`app.help.guide`), `places` says which of them belongs to which page of the desk, `terms` explains
words under the mouse (`app.help.glossary`), `about` tells versions and licences
(`app.help.components`). Nothing is read from a network.
"""

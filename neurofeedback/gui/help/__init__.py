"""Help inside the program: the guide at the page one is on, terms by hovering, and About.

`guide` shows the pages that come with the program (`app.guide`), `places` says which of them
belongs to which page of the desk, `terms` explains words under the mouse (`app.glossary`), `about`
tells versions and licences (`app.components`). Nothing is read from a network.
"""

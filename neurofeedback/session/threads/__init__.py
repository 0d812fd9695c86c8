"""What the threads of a running session do, and what lies between them.

Responsible for acquiring, writing and computing, each a thread's body, and for the queues that join
them. Not responsible for starting and ending threads (`session.runner`).
"""

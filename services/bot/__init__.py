"""Bot engines that come with the project: the demo's flow, and a bridge to Rasa.

Like any engine they use only the two topics; their position is kept in our database.
"""

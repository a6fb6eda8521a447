"""Bot engines that come with the project: the flow of the demo, and a bridge to Rasa.

They use nothing but the two topics, as any engine does; only where they keep their place is ours.
"""

"""Pictures of things on the ground, drawn by Mitsuba 3: what data sets that nobody can photograph are made of.

`descriptions` says what is to be seen, `forms` what the things are made of, `renderer` draws it, `store` keeps what is
drawn. Mitsuba and trimesh come with the extra `render`; importing this package needs neither.
"""

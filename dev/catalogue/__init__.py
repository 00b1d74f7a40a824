"""The sample shop: a catalogue to import on a fresh machine and the script that draws its pictures."""

"""What the source prints (X. Wang, UC Berkeley 2020, tables 5.2 to 5.6), percent."""

# T1, u, s, H on AWA1 and on aPY, table 5.2.
TABLE_2 = {
    "DeViSE": ((54.2, 13.4, 68.7, 22.4), (39.8, 4.9, 76.9, 9.2)),
    "ALE": ((59.9, 16.8, 76.1, 27.5), (39.7, 4.6, 73.7, 8.7)),
    "SJE": ((65.6, 11.3, 74.6, 19.6), (32.9, 3.7, 55.7, 6.9)),
    "ESZSL": ((58.2, 6.6, 75.6, 12.1), (38.3, 2.4, 70.1, 4.6)),
    "TAFE-Net": ((70.8, 50.5, 84.4, 63.2), (42.2, 24.3, 75.4, 36.8)),
}
# H on SUN, CUB, AWA1, AWA2, aPY, table 5.3.
TABLE_3 = {
    "TAFE-Net without the embedding loss": (33.1, 45.4, 58.8, 47.2, 30.5),
    "TAFE-Net": (33.0, 49.2, 63.2, 52.2, 36.8),
}
# AP, top-1, top-2, top-3 on MIT-States and on StanfordVRD, table 5.4.
TABLE_4 = {
    "visual product": ((8.8, 9.8, 16.1, 20.6), (4.9, 3.2, 5.6, 7.6)),
    "label embedding": ((7.9, 11.2, 17.6, 22.4), (4.3, 4.1, 7.2, 10.6)),
    "TAFE-Net": ((16.3, 16.4, 26.4, 33.0), (12.2, 12.3, 19.7, 27.5)),
}
# Top-5 of ImageNet with 1 and 2 examples, novel and all, table 5.6.
TABLE_6 = {
    "logistic regression": (38.4, 51.1, 40.8, 49.9),
    "prototypical networks": (39.3, 54.4, 49.5, 61.0),
    "TAFE-Net": (43.0, 53.9, 55.7, 61.9),
}

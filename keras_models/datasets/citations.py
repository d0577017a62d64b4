"""Works whose data sets are made here anew."""

DAI_THESIS = """@phdthesis{dai2022redesigning,
  title  = {Redesigning Deep Neural Networks for Resource-Efficient Inference},
  author = {Dai, Xin},
  school = {Worcester Polytechnic Institute},
  year   = {2022}
}"""

"""Parts whose tables are wrong: what a model has to have, signatures, indices, tensors and quantization."""

from ai_edge_litert import schema_py_generated as schema

from tests.goldens.hostile import TYPES, dense, graph, hostile, int8

# What a model has to have.


@hostile("model.subgraphs, received none")
def no_subgraphs(model):
    model.subgraphs = None


@hostile("model.buffers, received none")
def no_buffers(model):
    model.buffers = None


@hostile("model.subgraphs[0].tensors, received none")
def no_tensors(model):
    graph(model).tensors = None


@hostile("model.version, received 2")
def another_version(model):
    model.version = 2


@hostile("model.signature_defs, received 0")
def no_signatures(model):
    model.signatureDefs = None


# Signatures.


@hostile("a number below 1 as model.signature_defs[0].subgraph_index, received 7")
def signature_of_no_subgraph(model):
    model.signatureDefs[0].subgraphIndex = 7


@hostile("as many signatures as subgraphs, 1")
def two_signatures_of_one_subgraph(model):
    model.signatureDefs = model.signatureDefs * 2


@hostile("signature_defs[0].outputs, received [99]")
def signature_of_no_tensor(model):
    model.signatureDefs[0].outputs[0].tensorIndex = 99


@hostile("names for the tensors [0]")
def signature_without_an_input(model):
    model.signatureDefs[0].inputs = []


# Indices, and the order of operators.


@hostile("opcode_index, received 5")
def no_such_code(model):
    dense(model).opcodeIndex = 5


@hostile("a number below 6 as model.subgraphs[0].operators[1].inputs[0], received 77")
def no_such_tensor(model):
    dense(model).inputs = [77, *dense(model).inputs[1:]]


@hostile("operators[0].inputs[1], received -1")
def no_size_of_a_reshape(model):
    graph(model).operators[0].inputs = [0, -1]


@hostile("a number below 4 as model.subgraphs[0].tensors[5].buffer, received 9")
def no_such_buffer(model):
    graph(model).tensors[5].buffer = 9


@hostile("model.metadata[0].buffer, received 9")
def metadata_of_no_buffer(model):
    model.metadata = [schema.MetadataT("notes", 9)]


@hostile("a constant, an input or an earlier result")
def reads_its_own_result(model):
    dense(model).inputs = [dense(model).outputs[0], *dense(model).inputs[1:]]


@hostile("a constant, an input or an earlier result")
def the_last_operator_first(model):
    graph(model).operators = graph(model).operators[::-1]


@hostile("a tensor that nothing has written")
def writes_a_constant(model):
    dense(model).outputs = [dense(model).inputs[1]]


@hostile("a tensor that is computed as model.subgraphs[0].outputs[0]")
def a_result_that_nobody_computes(model):
    graph(model).operators = graph(model).operators[:1]


# Tensors.


@hostile("sizes of at least 1")
def a_size_of_minus_one(model):
    graph(model).tensors[5].shape = [-1, 2]


@hostile("shape_signature, received [-1, 2]")
def a_dynamic_batch(model):
    graph(model).tensors[5].shapeSignature = [-1, 2]


@hostile("at most 67108864 elements")
def a_tensor_of_a_trillion(model):
    graph(model).tensors[0].shape = [1 << 20, 1 << 20, 1, 1]


@hostile("16 bytes of data")
def a_short_constant(model):
    index = graph(model).tensors[dense(model).inputs[1]].buffer
    model.buffers[index].data = model.buffers[index].data[:8]


@hostile("is_variable")
def a_variable(model):
    graph(model).tensors[5].isVariable = True


@hostile("sparsity")
def a_sparse_tensor(model):
    graph(model).tensors[5].sparsity = schema.SparsityParametersT()


@hostile("a type of float32")
def a_string_tensor(model):
    graph(model).tensors[5].type = TYPES.STRING


@hostile("offset, received a value")
def weights_behind_the_file(model):
    model.buffers[1].offset, model.buffers[1].size = 4096, 64


# Quantization.


@hostile("zero_point, received 0", int8)
def scales_without_zero_points(model):
    graph(model).tensors[0].quantization.zeroPoint = None


@hostile("one scale of what is computed", int8)
def a_scale_a_channel_of_what_is_computed(model):
    quantization = graph(model).tensors[0].quantization
    quantization.scale, quantization.zeroPoint, quantization.quantizedDimension = [0.5, 0.5], [0, 0], 2


@hostile("quantized_dimension, received 9", int8)
def no_such_dimension(model):
    quantization = graph(model).tensors[dense(model).inputs[1]].quantization
    quantization.scale, quantization.zeroPoint, quantization.quantizedDimension = [0.5, 0.5], [0, 0], 9


@hostile("2^-40 to 2^10", int8)
def a_scale_that_is_no_number(model):
    graph(model).tensors[0].quantization.scale = [float("nan")]


@hostile("-128 to 127", int8)
def a_zero_point_outside_of_its_type(model):
    graph(model).tensors[0].quantization.zeroPoint = [27776]


@hostile("at least one number for int8", int8)
def int8_without_a_scale(model):
    graph(model).tensors[0].quantization = None

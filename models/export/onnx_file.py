"""From a traced part to an ONNX file, with the weights under their PyTorch names, in model.onnx_data beside it or in it.

The graph is traced without weights, and the weights are then written one by one, so that no second copy of them is
held, no file nears protobuf's two gigabytes, and none is folded, transposed or merged with one that looks the same.
"""

import io
import warnings

import onnx
import torch

OPSET = 17
PAGE, LINE = 4096, 64  # bytes that large and small weights are aligned to
DATA = "model.onnx_data"


def write(part, folder):
    """Writes model.onnx and model.onnx_data of a part (graphs.Part) into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / DATA, "wb") as data:
        model = graph(part, lambda name, array: beside(name, array, data))
    onnx.save(model, folder / "model.onnx")


def write_whole(part, path, metadata):
    """Writes a part as one file that holds its weights, with metadata by name."""
    model = graph(part, lambda name, array: onnx.numpy_helper.from_array(array, name))
    onnx.helper.set_model_props(model, metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def graph(part, initializer):
    """The traced model with its weights as `initializer` makes them of a name and an array."""
    model = trace(part)
    inputs = {value.name for value in model.graph.input}
    weights = {f"network.{name}": (part.weight_name(name), value) for name, value in named_tensors(part.network)}
    names = {name: new for name, (new, _) in weights.items() if name in inputs}
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.doc_string = ""
    kept = [value for value in model.graph.input if value.name not in names]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    for name, new in names.items():
        array = weights[name][1].detach().cpu().contiguous().numpy()
        model.graph.initializer.append(initializer(new, array))
    sides = part.output_sides()
    for output in model.graph.output:
        if output.name in sides:
            kind = output.type.tensor_type.elem_type
            output.CopyFrom(onnx.helper.make_tensor_value_info(output.name, kind, sides[output.name]))
    return model


def trace(part):
    inputs = part.inputs()
    file = io.BytesIO()
    # A part in training mode, its network in evaluation mode: or else weights that are equal become one.
    part.train()
    part.network.eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            part, tuple(inputs.values()), file, export_params=False, do_constant_folding=False, dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE, opset_version=OPSET, input_names=list(inputs),
            output_names=list(part.outputs), dynamic_axes=part.axes(), custom_opsets={"com.microsoft": 1},
        )
    return onnx.load_from_string(file.getvalue())


def named_tensors(network):
    yield from network.named_parameters(remove_duplicate=False)
    yield from network.named_buffers(remove_duplicate=False)


def beside(name, array, data):
    """A weight as the graph's entry. Matrices and kernels, which a LoRA may replace, go to the data file."""
    if array.ndim < 2:
        return onnx.numpy_helper.from_array(array, name)
    data.write(bytes(-data.tell() % (PAGE if array.nbytes > 256 * PAGE else LINE)))
    tensor = onnx.TensorProto(name=name, dims=array.shape, data_location=onnx.TensorProto.EXTERNAL)
    tensor.data_type = onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
    for key, entry in (("location", DATA), ("offset", data.tell()), ("length", array.nbytes)):
        tensor.external_data.add(key=key, value=str(entry))
    data.write(array.tobytes())
    return tensor

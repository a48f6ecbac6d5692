#include "nas/export/onnx_model.h"

#include <fmt/format.h>

#include <bit>
#include <set>

#include "nas/export/onnx_graph.h"
#include "nas/export/protobuf.h"
#include "nas/operation.h"

namespace nas {
namespace {

using detail::ProtobufMessage;

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

// Field numbers and enumerators of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
namespace model_field {
constexpr int kIrVersion = 1, kProducer = 2, kProducerVersion = 3, kGraph = 7, kOpset = 8, kMetadata = 14;
}
namespace graph_field {
constexpr int kNode = 1, kName = 2, kInitializer = 5, kInput = 11, kOutput = 12;
}
namespace node_field {
constexpr int kInput = 1, kOutput = 2, kName = 3, kOpType = 4, kAttribute = 5;
}
namespace attribute_field {
constexpr int kName = 1, kFloat = 2, kInt = 3, kString = 4, kInts = 8, kType = 20;
}
namespace tensor_field {
constexpr int kDims = 1, kDataType = 2, kName = 8, kRawData = 9;
}
constexpr int kAttributeFloat = 1, kAttributeInt = 2, kAttributeString = 3, kAttributeInts = 7;
constexpr int kTensorFloat = 1, kTensorInt64 = 7;

ProtobufMessage attribute_message(const OnnxAttribute& attribute) {
  ProtobufMessage message;
  message.text(attribute_field::kName, attribute.name);
  if (const auto* const number = std::get_if<std::int64_t>(&attribute.value)) {
    message.integer(attribute_field::kInt, *number);
    message.integer(attribute_field::kType, kAttributeInt);
  } else if (const auto* const real = std::get_if<double>(&attribute.value)) {
    message.number(attribute_field::kFloat, static_cast<float>(*real));
    message.integer(attribute_field::kType, kAttributeFloat);
  } else if (const auto* const text = std::get_if<std::string>(&attribute.value)) {
    message.text(attribute_field::kString, *text);
    message.integer(attribute_field::kType, kAttributeString);
  } else {
    for (const std::int64_t value : std::get<std::vector<std::int64_t>>(attribute.value)) {
      message.integer(attribute_field::kInts, value);
    }
    message.integer(attribute_field::kType, kAttributeInts);
  }
  return message;
}

ProtobufMessage node_message(const OnnxNode& node) {
  ProtobufMessage message;
  for (const std::string& input : node.inputs) message.text(node_field::kInput, input);
  message.text(node_field::kOutput, node.name);
  message.text(node_field::kName, node.name);
  message.text(node_field::kOpType, node.op_type);
  for (const OnnxAttribute& attribute : node.attributes) {
    message.message(node_field::kAttribute, attribute_message(attribute));
  }
  return message;
}

/// A message whose tensors stay where they are.
class GraphMessage {
 public:
  ProtobufMessage fields;  // after the last tensor

  void add_tensor(const std::string& name, const std::vector<std::int64_t>& dims, int type, std::string_view data) {
    ProtobufMessage head;
    for (const std::int64_t dim : dims) head.integer(tensor_field::kDims, dim);
    head.integer(tensor_field::kDataType, type);
    head.text(tensor_field::kName, name);
    head.open(tensor_field::kRawData, data.size());
    fields.open(graph_field::kInitializer, head.bytes().size() + data.size());
    fields.append(head.bytes());
    pieces_.add(std::move(fields).take());
    fields = {};
    pieces_.add_view(data);
  }
  /// Small ones, which are copied.
  void add_constant(const std::string& name, const std::vector<std::int64_t>& dims, int type, std::string_view data) {
    ProtobufMessage tensor;
    for (const std::int64_t dim : dims) tensor.integer(tensor_field::kDims, dim);
    tensor.integer(tensor_field::kDataType, type);
    tensor.text(tensor_field::kName, name);
    tensor.text(tensor_field::kRawData, data);
    fields.message(graph_field::kInitializer, tensor);
  }
  FilePieces take() && {
    pieces_.add(std::move(fields).take());
    return std::move(pieces_);
  }

 private:
  FilePieces pieces_;
};

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

void add_constant(GraphMessage& graph, const OnnxConstant& constant) {
  std::visit(
      [&](const auto& values) {
        using Element = typename std::decay_t<decltype(values)>::value_type;
        std::vector<std::int64_t> dims;
        if (!constant.scalar) dims.push_back(static_cast<std::int64_t>(values.size()));
        const int type = std::is_same_v<Element, float> ? kTensorFloat : kTensorInt64;
        graph.add_constant(constant.name, dims, type, bytes_of(values));
      },
      constant.values);
}

/// ValueInfoProto of float32, (batch, channels, size ...).
ProtobufMessage value_message(const std::string& name, const Shape& shape) {
  constexpr int kDim = 1, kDimValue = 1, kDimParam = 2, kElementType = 1, kShape = 2, kTensorType = 1;
  ProtobufMessage dims;
  ProtobufMessage batch;
  batch.text(kDimParam, "batch");
  dims.message(kDim, batch);
  std::vector<std::int64_t> sizes = {shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  for (const std::int64_t size : sizes) {
    ProtobufMessage dim;
    dim.integer(kDimValue, size);
    dims.message(kDim, dim);
  }
  ProtobufMessage tensor;
  tensor.integer(kElementType, kTensorFloat);
  tensor.message(kShape, dims);
  ProtobufMessage type;
  type.message(kTensorType, tensor);
  ProtobufMessage value;
  value.text(1, name);
  value.message(2, type);
  return value;
}

OnnxGraph build_nodes(const ExportGraph& graph, const ModuleTree& tree) {
  OnnxGraph onnx;
  std::map<std::int32_t, std::string> values = {{0, "input"}};
  for (const ExportStep& step : graph.steps) {
    if (step.training_only) continue;
    const Node& node = graph.network->nodes[static_cast<std::size_t>(step.node)];
    std::vector<Shape> shapes;
    std::vector<std::string> names;
    for (const std::int32_t input : step.inputs) {
      shapes.push_back(graph.network->shape_of(input));
      names.push_back(values.at(input));
    }
    values[step.node] = operation(node.op).onnx_nodes({onnx, node, shapes, std::move(names), tree.paths.at(step.node)});
  }
  for (const ExportOutput& output : graph.outputs) {
    if (!output.training_only) onnx.add_named(output.name, "Identity", {values.at(output.value)});
  }
  return onnx;
}

FilePieces graph_message(const ExportGraph& graph, const OnnxGraph& onnx, const std::vector<ModelWeight>& weights,
                         const OnnxOptions& options) {
  std::set<std::string_view> read;
  GraphMessage message;
  for (const OnnxNode& node : onnx.nodes()) {
    message.fields.message(graph_field::kNode, node_message(node));
    read.insert(node.inputs.begin(), node.inputs.end());
  }
  message.fields.text(graph_field::kName, options.name);
  for (const ModelWeight& weight : weights) {
    if (read.contains(weight.name)) message.add_tensor(weight.name, weight.shape, kTensorFloat, weight.bytes);
  }
  for (const OnnxConstant& constant : onnx.constants()) add_constant(message, constant);
  message.fields.message(graph_field::kInput, value_message("input", graph.network->nodes[0].shape));
  for (const ExportOutput& output : graph.outputs) {
    if (output.training_only) continue;
    message.fields.message(graph_field::kOutput, value_message(output.name, graph.network->shape_of(output.value)));
  }
  return std::move(message).take();
}

}  // namespace

Result<FilePieces> onnx_model(const ExportGraph& graph, const ModuleTree& tree, const std::vector<ModelWeight>& weights,
                              const OnnxOptions& options) {
  constexpr std::size_t kMostBytes = (std::size_t{1} << 31) - (std::size_t{1} << 20);
  std::size_t bytes = 0;
  for (const ModelWeight& weight : weights) bytes += weight.bytes.size();
  if (bytes > kMostBytes) {
    return Error{fmt::format("an ONNX file of {:.1f} GiB (the format ends at 2), export without it",
                             static_cast<double>(bytes) / (std::size_t{1} << 30))};
  }
  FilePieces inner = graph_message(graph, build_nodes(graph, tree), weights, options);
  ProtobufMessage head;
  head.integer(model_field::kIrVersion, kOnnxIrVersion);
  head.text(model_field::kProducer, "nas");
  if (!options.program_version.empty()) head.text(model_field::kProducerVersion, options.program_version);
  head.open(model_field::kGraph, inner.size());
  FilePieces model;
  model.add(std::move(head).take());
  model.append(std::move(inner));
  ProtobufMessage tail;
  ProtobufMessage opset;
  opset.text(1, "");
  opset.integer(2, kOnnxOpset);
  tail.message(model_field::kOpset, opset);
  for (const auto& [key, value] : options.metadata) {
    ProtobufMessage entry;
    entry.text(1, key);
    entry.text(2, value);
    tail.message(model_field::kMetadata, entry);
  }
  model.add(std::move(tail).take());
  return model;
}

}  // namespace nas

#include "trainer/model_job.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <exception>
#include <fstream>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nas/export/safetensors.h"
#include "nas/network_json.h"
#include "trainer/initialise.h"
#include "trainer/tensor_entries.h"
#include "trainer/torch_network.h"

namespace nas {
namespace {

using nlohmann::json;
using Names = std::map<std::string, std::string>;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw Exception(fmt::format("{}: can't be read", path));
  return std::move(text).str();
}

/// Weights, then running statistics, under their names in files.
std::vector<NamedTensor> tensors_of(const TorchNetwork& network, const Names& names) {
  std::vector<NamedTensor> all = network.parameters();
  for (NamedTensor& buffer : network.buffers()) all.push_back(std::move(buffer));
  for (NamedTensor& named : all) {
    if (const auto found = names.find(named.name); found != names.end()) named.name = found->second;
  }
  return all;
}

void read_weights(const std::vector<NamedTensor>& tensors, const std::string& path) {
  const std::string bytes = read_file(path);
  const auto file = read_safetensors(bytes);
  if (!file) throw Exception(fmt::format("{}: is no safetensors file", path));
  std::map<std::string_view, const TensorEntry*> entries;
  for (const TensorEntry& entry : file->tensors) entries.emplace(entry.name, &entry);
  for (const NamedTensor& named : tensors) {
    const auto found = entries.find(named.name);
    if (found == entries.end()) throw Exception(fmt::format("{}: has no tensor '{}'", path, named.name));
    const TensorEntry& entry = *found->second;
    if (entry.type != "F32" || entry.shape != named.tensor.sizes().vec()) {
      throw Exception(fmt::format("{}: '{}' has another type or shape", path, named.name));
    }
    fill_tensors(std::span(&named, 1), file->bytes_of(entry));
  }
}

/// Means of size 0.2, variances from 0.5 to 1.5. `number`: of the first random stream.
void randomise_statistics(const std::vector<NamedTensor>& tensors, std::uint64_t seed, std::uint64_t number) {
  const at::NoGradGuard no_grad;
  for (const NamedTensor& named : tensors) {
    Rng rng(seed, number++, Stream::Initialisation);
    const std::vector<std::int64_t> sizes = named.tensor.sizes().vec();
    if (named.name.ends_with(".running_mean")) named.tensor.copy_(normal_parameter(sizes, 0.2, rng, at::kCPU));
    if (named.name.ends_with(".running_var")) named.tensor.copy_(uniform_parameter(sizes, 0.5, rng, at::kCPU).add(1));
  }
}

void write_tensors(const std::vector<NamedTensor>& tensors, const std::string& path) {
  // Not durable: who asked for it begins anew after a failure.
  std::ofstream out(path, std::ios::binary);
  out << safetensors_head(tensor_entries(tensors), {});
  for (const NamedTensor& named : tensors) {
    const at::Tensor values = named.tensor.detach().contiguous();
    out.write(static_cast<const char*>(values.const_data_ptr()), static_cast<std::streamsize>(values.nbytes()));
  }
  out.close();
  if (!out) throw Exception(fmt::format("{}: can't be written, is the disk full?", path));
}

/// Weights and running statistics become doubles where they are.
void widen(const std::vector<NamedTensor>& tensors) {
  for (NamedTensor named : tensors) named.tensor.set_data(named.tensor.detach().to(at::kDouble));
}

void evaluate(const Network& network, const TorchNetwork& module, const json& request) {
  const at::NoGradGuard no_grad;
  const Shape& shape = network.nodes[0].shape;
  std::vector<std::int64_t> sizes = {request.value("batch", std::int64_t{2}), shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  Rng rng(request.at("seed").get<std::uint64_t>(), network.nodes.size(), Stream::Initialisation);
  at::Tensor input = normal_parameter(sizes, 1, rng, at::kCPU).detach();
  if (request.value("precision", std::string()) == "float64") {
    widen(tensors_of(module, {}));
    input = input.to(at::kDouble);
  }
  std::vector<NamedTensor> tensors = {{"input", input}};
  const std::vector<at::Tensor> outputs = module.forward_all(input, Mode::Evaluation);
  tensors.push_back({"output", outputs.front()});
  std::size_t place = 1;
  for (const Exit& exit : network.exits) {
    if (!exit.auxiliary) tensors.push_back({"exit." + exit.name, outputs[place++]});
  }
  write_tensors(tensors, request.at("evaluate").get<std::string>());
}

void run(const json& request) {
  const auto network = network_from_json(request.at("network"));
  if (!network) throw Exception(network.error().message);
  const auto seed = request.at("seed").get<std::uint64_t>();
  const TorchNetwork module(*network, seed, at::kCPU);
  const std::vector<NamedTensor> tensors = tensors_of(module, request.value("names", Names{}));
  if (request.contains("read")) read_weights(tensors, request["read"].get<std::string>());
  if (request.value("statistics", std::string()) == "random")
    randomise_statistics(tensors, seed, network->nodes.size() + 1);
  if (request.contains("write")) write_tensors(tensors, request["write"].get<std::string>());
  if (request.contains("evaluate")) evaluate(*network, module, request);
}

}  // namespace

int run_model_job(std::istream& input, std::ostream& errors) {
  try {
    run(json::parse(input));
    return 0;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    fmt::print(errors, "nas-trainer: --model: {}\n", text.substr(0, text.find('\n')));
    return 1;
  }
}

}  // namespace nas

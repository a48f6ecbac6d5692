#include "experiments/export/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "experiments/export/run_program.h"

namespace nas {
namespace {

/// Arguments: the folder with the exported files, the expected outputs in float32 and, where those are compared, in
/// float64. Prints one JSON object.
constexpr const char* kScript = R"py(
import importlib.util, json, math, os, struct, sys, warnings
warnings.simplefilter("ignore")
sys.dont_write_bytecode = True
import torch

def load(path):
    raw = open(path, "rb").read()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    header.pop("__metadata__", None)
    data = memoryview(bytearray(raw[8 + size:]))
    types = {"F32": torch.float32, "F64": torch.float64}
    return {name: torch.frombuffer(data[e["data_offsets"][0]:e["data_offsets"][1]], dtype=types[e["dtype"]]).view(e["shape"])
            for name, e in header.items()}

def distance(mine, reference):
    if mine.shape != reference.shape:
        raise SystemExit(f"an output of shape {tuple(mine.shape)}, expected {tuple(reference.shape)}")
    far = ((mine - reference).abs().max() / reference.abs().max().clamp(min=1e-30)).item()
    return far if far == far else math.inf

def farthest(mine, reference):
    return max(distance(value.to(reference[name].dtype), reference[name]) for name, value in mine.items())

def read_expected(path):
    """The input, and outputs by their names in the exported files."""
    expected = load(path)
    x, named = expected.pop("input"), {"output": expected.pop("output")}
    for name, value in expected.items():
        name = name.removeprefix("exit.")
        named[name + "_exit" if name in ("input", "output") else name] = value
    return x, named

def run(model, x):
    with torch.no_grad():
        outputs = model(x)
    return outputs if isinstance(outputs, dict) else {"output": outputs}

folder = sys.argv[1]
x, trainer = read_expected(sys.argv[2])
spec = importlib.util.spec_from_file_location("model", os.path.join(folder, "model.py"))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.Network().eval()
weights = load(os.path.join(folder, "model.safetensors"))
missing, unexpected = model.load_state_dict(weights, strict=False)
missing = [name for name in missing if not name.endswith("num_batches_tracked")]
if missing or unexpected:
    raise SystemExit(f"names differ: missing {missing[:5]}, unexpected {unexpected[:5]}")
result = {"torch": torch.__version__, "rounding": 0.0}
exact = None
if len(sys.argv) > 3:
    wide, exact = read_expected(sys.argv[3])
    result["source"] = farthest(run(model.double(), wide), exact)
    result["rounding"] = farthest(trainer, exact)
else:
    result["source"] = farthest(run(model, x), trainer)
onnx_file = os.path.join(folder, "model.onnx")
try:
    import onnxruntime
except ImportError:
    onnxruntime = None
if onnxruntime is not None and os.path.exists(onnx_file):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(onnx_file, options, providers=["CPUExecutionProvider"])
    values = session.run(None, {"input": x.numpy()})
    found = {meta.name: torch.from_numpy(value) for value, meta in zip(values, session.get_outputs())}
    result["onnx"] = farthest(found, exact or trainer)
print(json.dumps({name: None if value == math.inf else value for name, value in result.items()}))
)py";

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "it said nothing";
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

/// ONNX Runtime has float32 alone: it may be off by as much as the trainer's own float32 is.
double allowed_of_onnx(const VerifyResult& result) {
  constexpr double kOfRounding = 4;
  return std::max(kExportTolerance, kOfRounding * result.float32_rounding.value_or(0));
}

bool imports_torch(const std::string& python, const std::filesystem::path& folder) {
  const auto outcome = run_program({python, "-c", "import torch"}, "", folder);
  return outcome && outcome->exit_code == 0;
}

}  // namespace

Result<std::optional<std::string>> find_torch_python(const std::string& asked, const std::filesystem::path& folder) {
  if (!asked.empty()) {
    if (imports_torch(asked, folder)) return std::optional(asked);
    return Error{
        fmt::format("--python {}: it can't import torch (verifying runs model.py), name one that can, or give "
                    "--no-verify",
                    asked)};
  }
  std::vector<std::string> candidates;
  if (const char* const named = std::getenv("NAS_PYTHON"); named != nullptr && *named != '\0') {
    candidates.emplace_back(named);
  }
  const std::filesystem::path own = std::filesystem::path(NAS_SOURCE_DIR) / ".venv/bin/python";
  if (std::error_code failed; std::filesystem::exists(own, failed)) candidates.push_back(own.string());
  candidates.emplace_back("python3");
  for (const std::string& python : candidates) {
    if (imports_torch(python, folder)) return std::optional(python);
  }
  return std::optional<std::string>();
}

Result<VerifyResult> verify_export(const std::string& python, const std::filesystem::path& exported,
                                   const ExpectedOutputs& expected, const std::filesystem::path& folder) {
  std::vector<std::string> words = {python, "-c", kScript, exported.string(), expected.float32.string()};
  if (!expected.float64.empty()) words.push_back(expected.float64.string());
  const auto outcome = run_program(words, "", folder);
  if (!outcome) return outcome.error();
  const auto json = nlohmann::json::parse(outcome->output, nullptr, /*allow_exceptions=*/false);
  if (outcome->exit_code != 0 || !json.is_object()) {
    return Error{fmt::format("the exported files can't be run: {}", last_line(outcome->errors))};
  }
  // NaN, which is no number in JSON, is as far as can be.
  const auto number = [&](const char* key) {
    return json.at(key).is_number() ? json.at(key).get<double>() : std::numeric_limits<double>::infinity();
  };
  VerifyResult result{number("source"), {}, python, json.at("torch").get<std::string>()};
  if (json.contains("onnx")) result.onnx = number("onnx");
  if (!expected.float64.empty()) result.float32_rounding = number("rounding");
  return result;
}

bool is_close(const VerifyResult& result) {
  return result.source <= kExportTolerance && result.onnx.value_or(0) <= allowed_of_onnx(result);
}

Error difference(const VerifyResult& result) {
  const bool source = result.source > kExportTolerance;
  return Error{fmt::format(
      "{} and the trainer differ by {:.2g} of the largest output{} (at most {:.2g} is allowed); please "
      "report this with architecture.yaml, --no-verify exports all the same",
      source ? "model.py" : "model.onnx", source ? result.source : *result.onnx,
      result.float32_rounding ? ", also in float64" : "", source ? kExportTolerance : allowed_of_onnx(result))};
}

}  // namespace nas

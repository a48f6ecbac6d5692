#include "experiments/export/verify.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

#include "experiments/export/run_program.h"

namespace nas {
namespace {

/// Arguments: the folder with the exported files, the expected outputs. Prints one JSON object.
constexpr const char* kScript = R"py(
import importlib.util, json, os, struct, sys, warnings
warnings.simplefilter("ignore")
sys.dont_write_bytecode = True
import torch

def load(path):
    raw = open(path, "rb").read()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    header.pop("__metadata__", None)
    data = memoryview(bytearray(raw[8 + size:]))
    return {name: torch.frombuffer(data[e["data_offsets"][0]:e["data_offsets"][1]], dtype=torch.float32).view(e["shape"])
            for name, e in header.items()}

def distance(mine, reference):
    if mine.shape != reference.shape:
        raise SystemExit(f"an output of shape {tuple(mine.shape)}, expected {tuple(reference.shape)}")
    return ((mine - reference).abs().max() / reference.abs().max().clamp(min=1e-30)).item()

folder, expected = sys.argv[1], load(sys.argv[2])
x = expected.pop("input")
named = {"output": expected.pop("output")}
for name, value in expected.items():
    name = name.removeprefix("exit.")
    named[name + "_exit" if name in ("input", "output") else name] = value
spec = importlib.util.spec_from_file_location("model", os.path.join(folder, "model.py"))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.Network().eval()
weights = load(os.path.join(folder, "model.safetensors"))
missing, unexpected = model.load_state_dict(weights, strict=False)
missing = [name for name in missing if not name.endswith("num_batches_tracked")]
if missing or unexpected:
    raise SystemExit(f"names differ: missing {missing[:5]}, unexpected {unexpected[:5]}")
def run(model, x):
    with torch.no_grad():
        outputs = model(x)
    return outputs if isinstance(outputs, dict) else {"output": outputs}

# Many layers of float32 round by more than the tolerance: each is held to the exact result then.
outputs, exact = run(model, x), run(model.double(), x.double())
def worst(computed):
    return max(min(distance(value, named[name]), distance(value.double(), exact[name])) for name, value in computed.items())
trainer = max(distance(value.double(), exact[name]) for name, value in named.items())
source = max(distance(outputs[name], value) for name, value in named.items())
result = {"torch": torch.__version__, "source": min(source, trainer)}
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
    result["onnx"] = worst({meta.name: torch.from_numpy(value) for value, meta in zip(values, session.get_outputs())})
print(json.dumps(result))
)py";

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "it said nothing";
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
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
                                   const std::filesystem::path& expected, const std::filesystem::path& folder) {
  const auto outcome = run_program({python, "-c", kScript, exported.string(), expected.string()}, "", folder);
  if (!outcome) return outcome.error();
  const auto json = nlohmann::json::parse(outcome->output, nullptr, /*allow_exceptions=*/false);
  if (outcome->exit_code != 0 || !json.is_object()) {
    return Error{fmt::format("the exported files can't be run: {}", last_line(outcome->errors))};
  }
  VerifyResult result{json.at("source").get<double>(), {}, python, json.at("torch").get<std::string>()};
  if (json.contains("onnx")) result.onnx = json["onnx"].get<double>();
  for (const auto& [what, distance] : {std::pair("model.py", result.source), {"model.onnx", result.onnx.value_or(0)}}) {
    if (distance <= kExportTolerance) continue;  // NaN is not
    return Error{
        fmt::format("{} and the trainer differ by {:.2g} of the largest output (at most {} is allowed); please "
                    "report this with architecture.yaml, --no-verify exports all the same",
                    what, distance, kExportTolerance)};
  }
  return result;
}

}  // namespace nas

#include "mpi/wire.h"

#include <fmt/format.h>
#include <zlib.h>

#include <utility>

#include "mpi/byte_codec.h"
#include "nas/check.h"

namespace nas {
namespace {

constexpr std::uint8_t kMagic = 0xA5;

void write(ByteWriter& out, const Metrics& metrics) {
  out.unsigned_integer(metrics.size());
  for (const auto& [name, value] : metrics) {
    out.text(name);
    out.real(value);
  }
}

void write(ByteWriter& out, const Candidate& candidate) {
  out.unsigned_integer(number(candidate.id));
  out.unsigned_integer(candidate.genotype.genes.size());
  for (const std::int32_t gene : candidate.genotype.genes) out.signed_integer(gene);
  out.signed_integer(candidate.budget);
  out.fixed64(candidate.seed);
  out.unsigned_integer(candidate.parents.size());
  for (const CandidateId parent : candidate.parents) out.unsigned_integer(number(parent));
  out.text(candidate.origin);
  out.byte(candidate.continues ? 1 : 0);
  if (candidate.continues) out.unsigned_integer(number(*candidate.continues));
  out.unsigned_integer(candidate.stop_above.size());
  for (const double value : candidate.stop_above) out.real(value);
  out.signed_integer(candidate.full_budget);
}

void write(ByteWriter& out, const CurvePoint& point) {
  out.signed_integer(point.epoch);
  write(out, point.metrics);
}

void write(ByteWriter& out, const Evaluation& evaluation) {
  out.unsigned_integer(number(evaluation.id));
  write(out, evaluation.metrics);
  out.unsigned_integer(evaluation.curve.size());
  for (const CurvePoint& point : evaluation.curve) write(out, point);
  out.text(evaluation.failure ? to_string(evaluation.failure->type) : std::string_view());
  if (evaluation.failure) {
    out.text(evaluation.failure->message);
    out.text(evaluation.failure->log_tail);
  }
  out.real(evaluation.started_at);
  out.real(evaluation.seconds);
  out.text(evaluation.worker);
  out.byte(evaluation.stopped ? 1 : 0);
}

void write(ByteWriter& out, const FactsMessage& message) {
  const RankFacts& facts = message.facts;
  out.signed_integer(facts.rank);
  out.signed_integer(facts.node);
  out.text(facts.host);
  out.unsigned_integer(facts.devices.size());
  for (const std::string& device : facts.devices) out.text(device);
  out.unsigned_integer(facts.cores.size());
  for (const std::int32_t core : facts.cores) out.signed_integer(core);
  out.real(facts.core_limit);
  out.signed_integer(facts.memory_bytes);
  out.text(facts.started_as);
}

void write(ByteWriter& out, const std::vector<LeaseNumber>& leases) {
  out.unsigned_integer(leases.size());
  for (const LeaseNumber lease : leases) out.unsigned_integer(lease);
}

void write(ByteWriter& out, const StatusMessage& message) {
  out.signed_integer(message.slots);
  out.unsigned_integer(message.letter);
  write(out, message.held);
}

void write(ByteWriter& out, const ResultsMessage& message) {
  out.unsigned_integer(message.results.size());
  for (const LeasedResult& result : message.results) {
    out.unsigned_integer(result.lease);
    write(out, result.evaluation);
  }
}

void write(ByteWriter& out, const WorkMessage& message) {
  out.unsigned_integer(message.letter);
  out.unsigned_integer(message.handouts.size());
  for (const Handout& handout : message.handouts) {
    out.unsigned_integer(handout.lease);
    write(out, handout.candidate);
  }
}

void write(ByteWriter& out, const WithdrawMessage& message) {
  write(out, message.leases);
  out.byte(message.only_waiting ? 1 : 0);
}

void write(ByteWriter& out, const ReturnedMessage& message) { write(out, message.leases); }
void write(ByteWriter& out, const TroubleMessage& message) { out.text(message.message); }
void write(ByteWriter& out, const SetupMessage& message) { out.text(message.text); }
void write(ByteWriter& out, const AliveMessage& message) { out.real(message.seconds_per_epoch); }
void write(ByteWriter& out, const SetAsideMessage& message) { out.text(message.worker); }
void write(ByteWriter&, const GoodbyeMessage&) {}
void write(ByteWriter& out, const StopMessage& message) { out.byte(message.ranks_lost ? 1 : 0); }
void write(ByteWriter& out, const CurveMessage& message) {
  out.unsigned_integer(number(message.id));
  write(out, message.point);
}

// The least number of bytes that one element takes, so that a count can be checked against what is
// left: a metric is an empty name and a double, and so on.
constexpr std::size_t kLeastMetric = 9;
constexpr std::size_t kLeastPoint = 2;
constexpr std::size_t kReal = 8;
constexpr std::size_t kLeastHandout = 17;
constexpr std::size_t kLeastResult = 23;

bool read_flag(ByteReader& in) {
  const std::uint8_t value = in.byte();
  if (value > 1) in.fail();
  return value == 1;
}

void read(ByteReader& in, Metrics& metrics) {
  for (std::size_t left = in.count(kLeastMetric); left > 0 && in.ok(); --left) {
    std::string name = in.text();
    metrics[std::move(name)] = in.real();
  }
}

void read(ByteReader& in, CurvePoint& point) {
  point.epoch = in.int32();
  read(in, point.metrics);
}

void read(ByteReader& in, Candidate& candidate) {
  candidate.id = CandidateId{in.unsigned_integer()};
  candidate.genotype.genes.resize(in.count(1));
  for (std::int32_t& gene : candidate.genotype.genes) gene = in.int32();
  candidate.budget = in.int32();
  candidate.seed = in.fixed64();
  candidate.parents.resize(in.count(1));
  for (CandidateId& parent : candidate.parents) parent = CandidateId{in.unsigned_integer()};
  candidate.origin = in.text();
  if (read_flag(in)) candidate.continues = CandidateId{in.unsigned_integer()};
  candidate.stop_above.resize(in.count(kReal));
  for (double& value : candidate.stop_above) value = in.real();
  candidate.full_budget = in.int32();
}

void read(ByteReader& in, Evaluation& evaluation) {
  evaluation.id = CandidateId{in.unsigned_integer()};
  read(in, evaluation.metrics);
  for (std::size_t left = in.count(kLeastPoint); left > 0 && in.ok(); --left) {
    read(in, evaluation.curve.emplace_back());
  }
  if (const std::string type = in.text(); !type.empty()) {
    const std::optional<FailureType> known = failure_type_from(type);
    if (!known) in.fail();
    evaluation.failure = Failure{known.value_or(FailureType::Protocol), in.text(), in.text()};
  }
  evaluation.started_at = in.real();
  evaluation.seconds = in.real();
  evaluation.worker = in.text();
  evaluation.stopped = read_flag(in);
}

void read(ByteReader& in, FactsMessage& message) {
  RankFacts& facts = message.facts;
  facts.rank = in.int32();
  facts.node = in.int32();
  facts.host = in.text();
  facts.devices.resize(in.count(1));
  for (std::string& device : facts.devices) device = in.text();
  facts.cores.resize(in.count(1));
  for (std::int32_t& core : facts.cores) core = in.int32();
  facts.core_limit = in.real();
  facts.memory_bytes = in.signed_integer();
  facts.started_as = in.text();
}

void read(ByteReader& in, std::vector<LeaseNumber>& leases) {
  leases.resize(in.count(1));
  for (LeaseNumber& lease : leases) lease = in.unsigned_integer();
}

void read(ByteReader& in, StatusMessage& message) {
  message.slots = in.int32();
  message.letter = in.unsigned_integer();
  read(in, message.held);
}

void read(ByteReader& in, ResultsMessage& message) {
  for (std::size_t left = in.count(kLeastResult); left > 0 && in.ok(); --left) {
    LeasedResult& result = message.results.emplace_back();
    result.lease = in.unsigned_integer();
    read(in, result.evaluation);
  }
}

void read(ByteReader& in, WorkMessage& message) {
  message.letter = in.unsigned_integer();
  for (std::size_t left = in.count(kLeastHandout); left > 0 && in.ok(); --left) {
    Handout& handout = message.handouts.emplace_back();
    handout.lease = in.unsigned_integer();
    read(in, handout.candidate);
  }
}

void read(ByteReader& in, WithdrawMessage& message) {
  read(in, message.leases);
  message.only_waiting = read_flag(in);
}

void read(ByteReader& in, ReturnedMessage& message) { read(in, message.leases); }
void read(ByteReader& in, TroubleMessage& message) { message.message = in.text(); }
void read(ByteReader& in, SetupMessage& message) { message.text = in.text(); }
void read(ByteReader& in, AliveMessage& message) { message.seconds_per_epoch = in.real(); }
void read(ByteReader& in, SetAsideMessage& message) { message.worker = in.text(); }
void read(ByteReader&, GoodbyeMessage&) {}
void read(ByteReader& in, StopMessage& message) { message.ranks_lost = read_flag(in); }
void read(ByteReader& in, CurveMessage& message) {
  message.id = CandidateId{in.unsigned_integer()};
  read(in, message.point);
}

template <std::size_t Index>
bool read_alternative(ByteReader& in, std::size_t index, WireMessage& message) {
  if constexpr (Index == std::variant_size_v<WireMessage>) {
    return false;
  } else {
    if (index != Index) return read_alternative<Index + 1>(in, index, message);
    read(in, message.emplace<Index>());
    return true;
  }
}

constexpr std::size_t kHeader = 7;    // magic, version, kind, length of the content
constexpr std::size_t kChecksum = 4;  // after the content

std::uint32_t checksum(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

void put32(std::uint32_t value, std::byte* at) {
  for (int i = 0; i < 4; ++i) at[i] = std::byte{static_cast<std::uint8_t>(value >> (8 * i))};
}

}  // namespace

std::vector<std::byte> encode(const WireMessage& message) {
  ByteWriter out;
  out.byte(kMagic);
  out.byte(kWireVersion);
  out.byte(static_cast<std::uint8_t>(message.index()));
  for (std::size_t i = 3; i < kHeader; ++i) out.byte(0);
  std::visit([&](const auto& content) { write(out, content); }, message);
  std::vector<std::byte> bytes = out.take();
  seal(bytes);
  return bytes;
}

void seal(std::vector<std::byte>& message) {
  NAS_CHECK(message.size() >= kHeader && message.size() <= UINT32_MAX, "a message without header or of 4 GiB");
  put32(static_cast<std::uint32_t>(message.size() - kHeader), message.data() + kHeader - 4);
  const std::uint32_t sum = checksum(message);
  message.resize(message.size() + kChecksum);
  put32(sum, message.data() + message.size() - kChecksum);
}

Result<WireMessage> decode(std::span<const std::byte> bytes) {
  ByteReader header(bytes);
  if (header.byte() != kMagic) return Error{"a message that is not of this program"};
  const std::uint8_t version = header.byte();
  if (version != kWireVersion) {
    return Error{
        fmt::format("a message of wire version {} (this program speaks {}), start the same program on every rank",
                    version, kWireVersion)};
  }
  const std::size_t kind = header.byte();
  const std::size_t length = header.fixed32();
  if (!header.ok() || bytes.size() != kHeader + length + kChecksum ||
      ByteReader(bytes.last(kChecksum)).fixed32() != checksum(bytes.first(kHeader + length))) {
    return Error{fmt::format("a damaged message of kind {} and {} bytes", kind, bytes.size())};
  }
  WireMessage message;
  ByteReader in(bytes.subspan(kHeader, length));
  if (!read_alternative<0>(in, kind, message)) return Error{fmt::format("a message of unknown kind {}", kind)};
  if (!in.complete()) return Error{fmt::format("a damaged message of kind {} and {} bytes", kind, bytes.size())};
  return message;
}

}  // namespace nas

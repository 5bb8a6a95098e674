#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "events/admission.hpp"
#include "tests/simulation/rules.hpp"

namespace pakashop::simulation {

constexpr std::string_view generation = "sim";
constexpr PartitionId partition = 0;
/// The log that a seal in the schedules points to.
constexpr std::string_view copy_name = "copy";

/// A record under way or in the log: its real bytes, decoded once for all who judge them.
struct Wire {
    std::string bytes;
    Record record;
    Digest hash{};
    bool damaged = false;                 ///< The bytes do not match their hash.
    bool readable = true;                 ///< Even so, they are a record once the hash is ignored.
    std::optional<std::size_t> errand{};  ///< Of a COMMIT: what it does.
};
using WirePointer = std::shared_ptr<const Wire>;

WirePointer wire_of(Record record);
/// From bytes that are a record.
WirePointer wire_of(std::string bytes);
/// The same record with one bit of its bytes flipped.
WirePointer flipped(const Wire& wire, std::size_t bit);

/// A RESIGN that seals the log for its copy.
bool is_seal(const Wire& wire);

NodeId node_id(std::uint32_t number);
/// A record of that kind by the fold's leader, behind what it has admitted.
Record blank_record(RecordKind kind, const Admission& known);
/// For people: `COMMIT e2 n4 #7 (3)`.
std::string text_of(const Wire& wire);

/// Heads of a history by position.
class Heads {
public:
    virtual ~Heads() = default;
    /// The chain's head after `seq` records; nothing beyond the end.
    virtual std::optional<Digest> head_after(std::uint64_t seq) const = 0;
};

/// The record as a fold without the switched-off rules takes it: what such a rule would look at is
/// as the rule wants it. With all rules on, the record itself.
WirePointer
shown(const WirePointer& wire, const Admission& fold, const Heads& heads, const Rules& rules);

}  // namespace pakashop::simulation

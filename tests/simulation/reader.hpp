#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/admission.hpp"
#include "tests/simulation/rules.hpp"
#include "tests/simulation/shelf.hpp"

namespace pakashop::simulation {

constexpr std::string_view generation = "sim";
constexpr PartitionId partition = 5;
/// The log that a seal in the schedules points to.
constexpr std::string_view copy_name = "copy";

/// A record under way: its real bytes, decoded once for all who read them.
struct Wire {
    std::string bytes;
    Record record;
    Digest hash{};
    bool damaged = false;          ///< The bytes do not match their hash.
    bool readable = true;          ///< Even so, they are a record once the hash is ignored.
    std::optional<int> command;    ///< Of a COMMIT.
    std::optional<Change> change;  ///< Of a COMMIT.
};
using WirePointer = std::shared_ptr<const Wire>;

WirePointer wire_of(Record record);
/// The same record with one bit of its bytes flipped.
WirePointer flipped(const Wire& wire, std::size_t bit);

NodeId node_id(std::uint32_t number);
Record blank_record(RecordKind kind, const Admission& known);
/// A commit's record, with its change as its event.
void put_change(Record& record, int command, const Change& change);

/// The admission fold as one reader runs it, with the application behind it. A rule that is
/// switched off is kept from the real fold by showing it what that rule wants to see.
class Reader {
public:
    explicit Reader(const Rules& rules, bool in_copy = false);

    Verdict offer(const Wire& wire);
    /// A place that cannot be: nothing is read from here on.
    void halt() { halted_ = true; }

    bool halted() const { return halted_; }
    const Admission& fold() const { return fold_; }
    std::uint64_t seq() const { return fold_.place().seq; }
    const Digest& head() const { return heads_.back(); }
    const Shelf& shelf() const { return shelf_; }
    /// Neither history is the beginning of the other, up to `seq` of the other.
    bool differs(const Reader& other, std::uint64_t other_seq) const;

    std::size_t offset = 0;  ///< The next one to read.
    /// It has met records of another history than the one it knows, and has not halted yet: one
    /// batch may look like a deposed leader's.
    bool saw_other = false;

private:
    Record presented(const Wire& wire) const;

    Rules rules_;
    bool in_copy_;
    Admission fold_;
    Shelf shelf_;
    std::vector<Digest> heads_;
    bool halted_ = false;
};

}  // namespace pakashop::simulation

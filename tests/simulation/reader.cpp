#include "tests/simulation/reader.hpp"

#include <algorithm>

namespace pakashop::simulation {

Reader::Reader(const Rules& rules, bool in_copy)
    : rules_{rules}, in_copy_{in_copy}, fold_{generation, partition}, heads_{fold_.place().head} {}

Verdict Reader::offer(const WirePointer& wire) {
    const WirePointer seen = shown(wire, fold_, *this, rules_);
    Verdict verdict = Verdict::halt;
    if (in_copy_ && is_seal(*seen)) {
        // A seal names the log it points to, and in that log it seals nothing.
        Record resignation = seen->record;
        resignation.body.clear();
        verdict = fold_.offer(resignation, seen->hash);
    } else if (!seen->damaged) {
        verdict = fold_.offer(seen->record, seen->hash);
    }
    if (verdict == Verdict::halt) halted_ = true;
    if (verdict == Verdict::admitted) heads_.push_back(fold_.place().head);
    return verdict;
}

std::optional<Digest> Reader::head_after(std::uint64_t seq) const {
    if (seq >= heads_.size()) return std::nullopt;
    return heads_[seq];
}

bool differ(const Heads& one, std::uint64_t one_seq, const Heads& other, std::uint64_t other_seq) {
    const std::uint64_t both = std::min(one_seq, other_seq);
    return one.head_after(both) != other.head_after(both);
}

}  // namespace pakashop::simulation

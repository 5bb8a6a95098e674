#pragma once

#include <cstddef>
#include <vector>

#include "tests/simulation/wire.hpp"

namespace pakashop::simulation {

/// The admission fold as one reader runs it, with the heads of the history it has met.
class Reader final : public Heads {
public:
    explicit Reader(const Rules& rules, bool in_copy = false);

    Verdict offer(const WirePointer& wire);
    /// A place that cannot be: nothing is read from here on.
    void halt() { halted_ = true; }

    bool halted() const { return halted_; }
    const Admission& fold() const { return fold_; }
    std::uint64_t seq() const { return fold_.place().seq; }
    const Digest& head() const { return heads_.back(); }
    std::optional<Digest> head_after(std::uint64_t seq) const override;

    std::size_t offset = 0;  ///< The next one to read.
    /// It has met records of another history than the one it knows, and has not halted yet: one
    /// batch may look like a deposed leader's.
    bool saw_other = false;
    bool astray = false;  ///< It has passed over admitted records.

private:
    Rules rules_;
    bool in_copy_;
    Admission fold_;
    std::vector<Digest> heads_;
    bool halted_ = false;
};

/// Neither of two histories of those lengths is the beginning of the other.
bool differ(const Heads& one, std::uint64_t one_seq, const Heads& other, std::uint64_t other_seq);

}  // namespace pakashop::simulation

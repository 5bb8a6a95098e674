#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "handlers/domain.hpp"
#include "tests/simulation/errand.hpp"
#include "tests/simulation/wire.hpp"

namespace pakashop::simulation {

/// What the admitted commits have led to, at every moment of the log: the domain folded from the
/// records, without a shard.
class Books {
public:
    explicit Books(const Errands& errands) : errands_{errands} {}

    /// Whether the commit says what its errand does to the state as it is now.
    bool fits(const Wire& wire) const;
    /// Takes the commit in, which lies at `offset`. False when its events do not fit.
    bool take(const WirePointer& wire, std::size_t offset);
    void clear();

    /// The record by which the errand was done; null before.
    const WirePointer& done(std::size_t errand) const { return done_[errand].wire; }
    /// Whether at some moment since the log held `since` records, the errand, not done yet, would
    /// have been refused so.
    bool refuses_since(std::size_t errand, std::string_view code, std::size_t since) const;
    /// The same for "already so".
    bool is_so_since(std::size_t errand, std::size_t since) const;

private:
    /// A stream's state from an offset on, until the next one.
    struct Moment {
        std::size_t from = 0;
        AnyState state;
        std::int64_t version = 0;
    };
    struct Done {
        WirePointer wire;
        std::size_t from = 0;
    };

    /// An event as a record holds it.
    struct Written {
        std::string stream;
        std::int64_t version = 0;
        std::string type;
        std::string payload;
    };

    Moment now(const std::string& stream) const;
    std::optional<std::vector<Written>> outcome_of(const Errand& errand) const;
    template <class Holds>
    bool any_since(std::size_t errand, std::size_t since, Holds holds) const;

    const Errands& errands_;
    std::map<std::string, std::vector<Moment>, std::less<>> streams_;
    std::array<Done, errands_max> done_;
};

}  // namespace pakashop::simulation

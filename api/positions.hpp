#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "events/kernel/hash.hpp"
#include "events/kernel/time.hpp"
#include "events/partition.hpp"

namespace pakashop::api {

/// How far a reader has to see: for each partition, the position behind the last record.
using Position = std::map<PartitionId, std::uint64_t>;

/// Raises `into` to whatever `from` asks for beyond it.
void merge(Position& into, const Position& from);

/// Turns positions into `Pakashop-Position` tokens and back, and remembers what each person did on
/// this node in the last minute (api.md, "position"). Safe from any thread.
class Positions {
public:
    /// `generation`: the log that positions are of.
    Positions(Digest key, std::string generation) : key_{key}, generation_{std::move(generation)} {}

    /// The opaque token; ours alone, since it carries a MAC.
    std::string to_token(const Position& position) const;
    /// Nothing for a token that is not ours (position_invalid). One of another generation of the
    /// log asks for nothing: clients still have those when the log has grown.
    std::optional<Position> from_token(std::string_view token) const;

    void remember(const std::string& principal, const Position& position, Instant now);
    /// What the principal's own writes of the last minute ask for.
    Position recent(const std::string& principal, Instant now);

private:
    struct Remembered {
        Position position;
        Instant until;
    };
    static constexpr std::size_t remembered_max = 100'000;

    Digest key_;
    std::string generation_;
    std::mutex mutex_;
    std::unordered_map<std::string, Remembered> recent_;
};

}  // namespace pakashop::api

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "handlers/commit.hpp"

/// Commands and their outcomes on the way between nodes of one release (architecture 2.6). Nothing
/// of it is stored.
namespace pakashop {

/// Raised whenever the shape of any command changes: a node of another format is not understood,
/// and its commands wait until both run the same release.
constexpr int command_format = 2;

/// Everything but the reply. What is to be sealed goes in the clear: the link is between nodes of
/// one operator.
std::string encode_commands(const std::vector<Command>& commands);
/// The same commands, marked as forwarded and without a reply; nothing when the text is of another
/// format, or damaged.
std::optional<std::vector<Command>> decode_commands(std::string_view text);

/// An outcome, and the bytes of the record it names, if it names one.
struct TravellingOutcome {
    Outcome outcome;
    std::string record;
};

std::string encode_outcomes(const std::vector<TravellingOutcome>& outcomes);
/// Nothing when the text is damaged, or a record in it cannot be decoded.
std::optional<std::vector<Outcome>> decode_outcomes(std::string_view text);

}  // namespace pakashop

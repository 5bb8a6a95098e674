#pragma once

#include <source_location>
#include <stdexcept>
#include <string_view>

namespace pakashop {

/// An always-on assertion: when `holds` is false the program has a bug, says where, and stops.
/// Never use it on input, on stored data or on the outside world: those get an error value.
void require(
    bool holds,
    std::string_view message,
    std::source_location where = std::source_location::current()
);

/// A stored stream holds an event that its own history cannot lead to. The shard that meets it
/// stops serving that partition and says so in its health; nothing is guessed.
class CorruptStream : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace pakashop

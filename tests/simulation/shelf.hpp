#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The smallest application that a log can get wrong: two counted things that can be taken and put
/// back, and a flag each. It shows lost, doubled and misplaced commits at once.
namespace pakashop::simulation {

constexpr std::size_t things = 2;
constexpr int commands_max = 14;

struct Thing {
    std::uint8_t count = 0;
    std::uint8_t flag = 0;
    std::uint8_t version = 0;
    friend bool operator==(const Thing&, const Thing&) = default;
};

enum class Act : std::uint8_t { take, put, flag };
struct Command {
    std::uint8_t thing = 0;
    Act act = Act::take;
    std::uint8_t flag = 0;
};

/// What a command's commit says: the thing before and after it.
struct Change {
    std::uint8_t thing = 0;
    Thing before;
    Thing after;
    bool already = false;  ///< Nothing had to change.
    friend bool operator==(const Change&, const Change&) = default;
};

/// Everything the commits so far have led to.
struct Shelf {
    std::array<Thing, things> all{Thing{1, 0, 0}, Thing{}};
    std::array<std::optional<Change>, commands_max> done;
    friend bool operator==(const Shelf&, const Shelf&) = default;
};

/// What the command does now; nothing when it is refused.
inline std::optional<Change> decide(const Shelf& shelf, const Command& command) {
    const Thing before = shelf.all[command.thing];
    Thing after = before;
    const bool already = command.act == Act::flag && before.flag == command.flag;
    if (command.act == Act::take && before.count == 0) return std::nullopt;
    if (command.act == Act::put && before.count == 2) return std::nullopt;
    if (command.act == Act::take) --after.count;
    if (command.act == Act::put) ++after.count;
    if (command.act == Act::flag) after.flag = command.flag;
    if (!already) ++after.version;
    return Change{command.thing, before, after, already};
}

inline void apply(Shelf& shelf, int command, const Change& change) {
    shelf.all[change.thing] = change.after;
    shelf.done[static_cast<std::size_t>(command)] = change;
}

/// A change as an event's payload, and back.
inline std::string to_payload(const Change& change) {
    std::string out = "\"";
    for (const int number :
         {static_cast<int>(change.thing),
          static_cast<int>(change.already),
          static_cast<int>(change.before.count),
          static_cast<int>(change.before.flag),
          static_cast<int>(change.before.version),
          static_cast<int>(change.after.count),
          static_cast<int>(change.after.flag),
          static_cast<int>(change.after.version)}) {
        out += static_cast<char>('A' + number % 16);
        out += static_cast<char>('A' + number / 16);
    }
    return out + '"';
}
inline Change from_payload(std::string_view payload) {
    const auto number = [&](std::size_t index) {
        const int low = payload[1 + 2 * index] - 'A';
        const int high = payload[2 + 2 * index] - 'A';
        return static_cast<std::uint8_t>(low + 16 * high);
    };
    return {
        static_cast<std::uint8_t>(number(0) % things),
        {number(2), number(3), number(4)},
        {number(5), number(6), number(7)},
        number(1) != 0
    };
}

}  // namespace pakashop::simulation

#pragma once

#include <array>
#include <string>
#include <string_view>

namespace pakashop {

enum class LogOpenError {
    locked,       ///< Another process writes it.
    foreign,      ///< It has another generation or number of partitions, or is of another kind.
    unavailable,  ///< The file system refuses.
    damaged,      ///< Its bytes contradict themselves. Exit 78 for a log.
    lost_history  ///< It is shorter than, or differs from, its witness, or has none. Exit 78.
};
constexpr auto enum_names(LogOpenError) {
    return std::array<std::string_view, 5>{
        "locked", "foreign", "unavailable", "damaged", "lost_history"
    };
}

/// Why a log or a replica was not opened, and where it shows, for the person who has to decide.
struct LogOpenFailure {
    LogOpenError error;
    std::string detail;
};

}  // namespace pakashop

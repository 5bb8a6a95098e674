#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pakashop::simulation {

/// What a schedule may show that must never happen.
enum class Violation : std::uint8_t {
    lost_answer,         ///< A success was answered whose commit is not in the history.
    admitted_twice,      ///< One command was admitted twice.
    wrong_state,         ///< A commit lands on another state than it was decided on.
    unjustified_answer,  ///< A refusal, or an "already so", that no moment of the call justifies.
    granted_twice,       ///< Two callers were told that one attempt of an effect is theirs.
    wrong_body,      ///< A command id's answer was given for another body, or refused for its own.
    answered_twice,  ///< One call was answered more than once.
    unanswered,      ///< A node that lives on owes an answer.
    readers_differ,  ///< Two readers of the same bytes tell different histories.
    heard_wrong,     ///< A node's listeners did not hear every commit once and in order.
    false_halt,      ///< Somebody stopped although nothing was wrong with the log.
    starved,         ///< After the faults a command never finishes.
    behind_seal,     ///< Something was admitted after the seal, or the copy differs.
    silent_hole,     ///< A record that a later writer had seen is gone, and nobody stops.
    silent_flip,     ///< Flipped bytes, and nobody stops.
    split_history,   ///< A reader that knows the lost history goes on with the new one.
    serves_lost,     ///< A reader keeps what the log has lost, and nobody stops.
    silent_void      ///< An acknowledged record lies in the log, is void, and nobody stops.
};
constexpr auto enum_names(Violation) {
    return std::array<std::string_view, 18>{
        "lost answer",
        "admitted twice",
        "wrong state",
        "unjustified answer",
        "granted twice",
        "wrong body",
        "answered twice",
        "unanswered",
        "readers differ",
        "heard wrong",
        "false halt",
        "starved",
        "behind the seal",
        "silent hole",
        "silent flip",
        "split history",
        "serves what is lost",
        "silent void"
    };
}

}  // namespace pakashop::simulation

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/simulation/clients.hpp"
#include "tests/simulation/network.hpp"

namespace pakashop::simulation {

/// What the nodes of a schedule share: the log, the way to it, those who ask, and chance.
struct Scene {
    Scene(const Rules& all_rules, LogFault fault, Tape chance, Errands wanted, bool is_copy = false)
        : rules{all_rules},
          tape{chance},
          errands{std::move(wanted)},
          world{all_rules, fault, errands, is_copy},
          network{tape, world},
          clients{world} {}
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    /// Tells a person what happens, in the schedules that are told.
    template <class... Parts>
    void say(const Parts&... parts) const {
        if (!world.tell) return;
        std::string line;
        ((line += parts), ...);
        world.tell(line);
    }

    const Rules rules;
    Tape tape;
    Errands errands;
    LogWorld world;
    Network network;
    Clients clients;
    std::uint32_t next_life = 1;
    std::uint32_t next_ticket = 1;
    bool calm = false;  ///< The faults are over.
    /// What else happens while a node waits for the log.
    std::function<void()> meanwhile;
};

}  // namespace pakashop::simulation

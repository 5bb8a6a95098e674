#include "tests/simulation/histories.hpp"

#include <algorithm>

#include "tests/simulation/moving.hpp"

namespace pakashop::simulation {
namespace {

/// One who has read to the end, node or reader.
struct Witness {
    const Heads* history;
    std::uint64_t seq;
    std::size_t offset;
    bool halted;
    bool saw_other;
    bool astray;
};

std::vector<Witness> witnesses(const Cast& cast) {
    std::vector<Witness> all;
    for (const auto& node : cast.nodes) {
        const bool halted = node->role() == Role::stopped;
        all.push_back(
            {&node->store(), node->store().seq(), node->place(), halted, node->saw_other(), false}
        );
    }
    for (const Reader& reader : cast.readers) {
        all.push_back(
            {&reader, reader.seq(), reader.offset, reader.halted(), reader.saw_other, reader.astray}
        );
    }
    return all;
}

void compare_unharmed(Scene& scene, const std::vector<Witness>& all) {
    const Reader& truth = scene.world.truth();
    for (const Witness& one : all) {
        const bool same =
            one.seq == truth.seq() && one.history->head_after(one.seq) == truth.head();
        if (one.halted || same) continue;
        scene.world.report(one.astray ? Violation::serves_lost : Violation::readers_differ);
    }
}

// Nobody has stopped, so nobody may have had a reason to. The one batch of another history that a
// reader may pass over is no reason before somebody writes behind it; a place beyond the end is one
// even if nobody ever writes again.
void compare_harmed(LogWorld& world, const std::vector<Witness>& all, bool went_on) {
    const Reader& truth = world.truth();
    for (const Witness& one : all) {
        const bool differs = differ(*one.history, one.seq, truth, truth.seq());
        if (one.saw_other && differs && went_on) world.report(Violation::split_history);
        const bool lost = differs || one.seq > truth.seq();
        if (one.offset > world.size() && lost) world.report(Violation::serves_lost);
    }
}

// A record that somebody was promised lies there, and nobody who reads it counts it.
void check_not_void(LogWorld& world, const Promise& promise) {
    for (std::size_t i = 0; i < world.size(); ++i) {
        const Landed& landed = world.at(i);
        const bool void_there = landed.serial == promise.footing.serial && !landed.gone &&
                                world.truth(i).verdict == Verdict::voided;
        if (void_there && !world.behind_hole(*landed.wire)) world.report(Violation::silent_void);
    }
}

// Whoever was told of a success finds it in the history: on a harmed log, at least as long as its
// record still lies there and nobody has stopped.
void check_promises(Scene& scene) {
    LogWorld& world = scene.world;
    for (const Promise& promise : scene.clients.promises()) {
        if (world.books().done(promise.errand)) continue;
        if (world.clean()) {
            world.report(Violation::lost_answer);
        } else if (!promise.footing.blind) {
            check_not_void(world, promise);
        }
    }
}

// A process that dies owes nothing any more; one that lives on has answered everything by now.
void check_answers(Scene& scene, const Cast& cast) {
    for (const Request& request : scene.clients.requests()) {
        const bool lives = std::ranges::any_of(cast.nodes, [&](const auto& node) {
            return node->life() == request.life;
        });
        if (lives && request.answers == 0) scene.world.report(Violation::unanswered);
    }
}

}  // namespace

void compare_histories(Scene& scene, const Cast& cast, bool went_on) {
    LogWorld& world = scene.world;
    const std::vector<Witness> all = witnesses(cast);
    const bool stopped = world.truth().halted() || std::ranges::any_of(all, &Witness::halted);
    check_answers(scene, cast);
    if (world.clean()) compare_unharmed(scene, all);
    if (!world.clean() && !stopped) compare_harmed(world, all, went_on);
    if (world.clean() || !stopped) check_promises(scene);
    const bool moved = world.fault() == LogFault::move && world.sealed() && !world.violated();
    if (moved) check_copy(scene);
}

}  // namespace pakashop::simulation

#include "tests/simulation/clients.hpp"

#include <algorithm>

namespace pakashop::simulation {
namespace {

// The commit as it was told is the one that stands in the record.
bool same_commit(const Commit& told, const Record& record) {
    return std::ranges::equal(
        told.events,
        record.events,
        [](const CommittedEvent& one, const RecordedEvent& other) {
            return one.id == other.id && one.version == other.version && one.stream == other.stream;
        }
    );
}

}  // namespace

std::size_t Clients::ask(std::size_t errand, bool other_body, std::uint32_t life) {
    requests_.push_back({errand, other_body, life, world_.size()});
    return requests_.size() - 1;
}

Request& Clients::take(std::size_t request, bool final) {
    Request& asked = requests_[request];
    if (++asked.answers > 1) world_.report(Violation::answered_twice);
    asked.final = final;
    world_.note(request * 2 + final);
    return asked;
}

void Clients::answer(std::size_t request, const Outcome& outcome, const Footing& footing) {
    using Kind = Outcome::Kind;
    if (outcome.kind == Kind::refused) return answer_refused(request, outcome.refusal);
    if (outcome.kind == Kind::key_reused) return answer_reused(request);
    const bool committed = outcome.kind == Kind::committed;
    const Request& asked = take(request, committed);
    if (!committed) return;
    ++world_.tally.successes;
    world_.tally.repeats += outcome.replayed;
    answer_committed(asked, *outcome.commit, footing);
}

void Clients::answer_committed(const Request& asked, const Commit& commit, const Footing& footing) {
    const WirePointer& done = world_.books().done(asked.errand);
    const bool stands = done && same_commit(commit, done->record);
    if (world_.clean() && !stands) world_.report(Violation::lost_answer);
    const bool own = !done || has_other_body(done->record) == asked.other_body;
    if (world_.clean() && !own) world_.report(Violation::wrong_body);
    for (const CommittedEvent& event : commit.events) check_grant(asked.errand, event);
    promises_.push_back({asked.errand, footing});
}

// Whoever is told that an attempt is his goes and acts: nobody else may be told so of it. What a
// harmed log has lost may be granted anew, as long as somebody stops.
void Clients::check_grant(std::size_t errand, const CommittedEvent& event) {
    const auto* const effect = std::get_if<EffectEvent>(&event.event);
    const auto* const begun = effect ? std::get_if<EffectBegun>(effect) : nullptr;
    if (!begun) return;
    ++world_.tally.grants;
    const auto [grant, first] = grants_.try_emplace({event.stream, begun->attempt}, errand);
    const bool twice = !first && grant->second != errand;
    if (twice && world_.clean()) world_.report(Violation::granted_twice);
}

// The id was used for another body, and that stands in the history.
void Clients::answer_reused(std::size_t request) {
    const Request& asked = take(request, true);
    ++world_.tally.reused;
    const WirePointer& done = world_.books().done(asked.errand);
    const bool reused = done && has_other_body(done->record) != asked.other_body;
    if (world_.clean() && !reused) world_.report(Violation::wrong_body);
}

void Clients::answer_refused(std::size_t request, std::string_view code) {
    const Request& asked = take(request, true);
    ++world_.tally.refusals;
    const bool justified =
        !world_.clean() || world_.books().refuses_since(asked.errand, code, asked.asked_at);
    if (!justified) world_.report(Violation::unjustified_answer);
}

void Clients::answer_already_so(std::size_t request) {
    const Request& asked = take(request, true);
    const bool justified =
        !world_.clean() || world_.books().is_so_since(asked.errand, asked.asked_at);
    if (!justified) world_.report(Violation::unjustified_answer);
}

bool Clients::finished(std::size_t errand, std::size_t from) const {
    for (std::size_t i = from; i < requests_.size(); ++i) {
        if (requests_[i].errand == errand && requests_[i].final) return true;
    }
    return false;
}

}  // namespace pakashop::simulation

#include "tests/simulation/log_world.hpp"

#include <algorithm>

namespace pakashop::simulation {

Tally& Tally::operator+=(const Tally& more) {
    landed += more.landed;
    admitted += more.admitted;
    successes += more.successes;
    refusals += more.refusals;
    repeats += more.repeats;
    grants += more.grants;
    reused += more.reused;
    unsure += more.unsure;
    zombies += more.zombies;
    crashes += more.crashes;
    leads += more.leads;
    moves += more.moves;
    faults += more.faults;
    halts += more.halts;
    return *this;
}

LogWorld::LogWorld(const Rules& rules, LogFault fault, const Errands& errands, bool is_copy)
    : rules_{rules}, fault_{fault}, is_copy_{is_copy}, truth_{rules, is_copy}, books_{errands} {}

const Wire* LogWorld::admitted(std::uint64_t seq) const {
    return seq < history_.size() ? history_[seq].get() : nullptr;
}

void LogWorld::note_halt() {
    ++tally.halts;
    if (clean_) report(Violation::false_halt);
}

void LogWorld::land(const WirePointer& wire) {
    ++tally.landed;
    log_.push_back({wire, ++serial_});
    follow(log_.back(), true);
    note(wire->hash[0] + 256ULL * wire->hash[1] + 65'536ULL * wire->hash[2]);
    note(static_cast<std::uint64_t>(truths_.back().verdict));
    if (tell) tell("@" + std::to_string(log_.size() - 1) + " " + text_of(*wire) + judged());
}

std::string LogWorld::judged() const {
    constexpr std::array<const char*, 3> words{": admitted", ": void", ": HALT"};
    return words[static_cast<std::size_t>(truths_.back().verdict)];
}

void LogWorld::follow(const Landed& landed, bool first_time) {
    Verdict verdict = Verdict::halt;
    if (!truth_.halted()) {
        verdict = truth_.offer(landed.wire);
        if (verdict == Verdict::admitted) take_admitted(landed.wire, first_time);
        if (verdict == Verdict::halt && first_time && clean_) report(Violation::false_halt);
    }
    truths_.push_back({verdict, truth_.head(), truth_.seq()});
}

void LogWorld::take_admitted(const WirePointer& wire, bool first_time) {
    if (first_time) {
        ++tally.admitted;
        if (sealed_) report(Violation::behind_seal);
        if (wire->errand) check_new(*wire);
    }
    history_.push_back(wire);
    if (!is_copy_ && is_seal(*wire)) sealed_ = true;
    const bool taken = !wire->errand || books_.take(wire, truths_.size());
    if (!taken && clean_) report(Violation::wrong_state);
}

// A commit that is admitted must be new, and decided on the state it lands on.
void LogWorld::check_new(const Wire& wire) {
    if (books_.done(*wire.errand)) report(Violation::admitted_twice);
    if (!books_.fits(wire)) report(Violation::wrong_state);
}

std::optional<Verdict> LogWorld::read(Reader& reader) {
    if (reader.halted()) return std::nullopt;
    if (reader.offset > log_.size()) {
        if (rules_.stops_beyond_end) {
            reader.halt();
            note_halt();
        }
        return std::nullopt;
    }
    while (reader.offset < log_.size() && log_[reader.offset].gone) ++reader.offset;
    if (reader.offset >= log_.size()) return std::nullopt;
    const Verdict verdict = reader.offer(log_[reader.offset].wire);
    if (verdict == Verdict::halt) {
        note_halt_of(reader);
        return std::nullopt;
    }
    ++reader.offset;
    check_reader(reader, verdict);
    return verdict;
}

void LogWorld::note_halt_of(const Reader& reader) {
    if (reader.astray) {
        ++tally.halts;
    } else if (truths_[reader.offset].verdict != Verdict::halt || !clean_) {
        note_halt();
    }
}

// On an unharmed log every reader says what the log's own fold says. On a harmed one, a reader that
// knows the lost history must not take up the new one; passing over a late batch it may.
void LogWorld::check_reader(Reader& reader, Verdict verdict) {
    const std::size_t offset = reader.offset - 1;
    const Truth& truth = truths_[offset];
    if (truth.verdict == Verdict::halt) return;
    if (reader.astray) return check_astray(reader, verdict);
    if (clean_) {
        const bool same = verdict == truth.verdict && reader.head() == truth.head;
        if (!same) report(Violation::readers_differ);
        return;
    }
    const bool announcement = log_[offset].wire->record.kind == RecordKind::announce;
    const bool lost = truth.verdict == Verdict::admitted && !announcement;
    if (!lost || !differ(reader, reader.seq(), truth_, truth.seq)) return;
    reader.saw_other = true;
    if (verdict == Verdict::admitted) report(Violation::split_history);
}

// Of the history behind a gap nothing must be taken up, but for an announcement. A late batch may
// be, if the gap holds the announcement that deposed its writer: the next record halts.
void LogWorld::check_astray(const Reader& reader, Verdict verdict) {
    const std::size_t offset = reader.offset - 1;
    const bool announcement = log_[offset].wire->record.kind == RecordKind::announce;
    const bool both = verdict == Verdict::admitted && truths_[offset].verdict == Verdict::admitted;
    const bool same = truth_.head_after(reader.seq()) == reader.head();
    if (both && !announcement && !same) report(Violation::split_history);
}

void LogWorld::read_again() {
    truth_ = Reader{rules_, is_copy_};
    truths_.clear();
    history_.clear();
    books_.clear();
    sealed_ = false;
    for (const Landed& landed : log_) {
        if (landed.gone) {
            truths_.push_back({Verdict::voided, truth_.head(), truth_.seq()});
        } else {
            follow(landed, false);
        }
    }
}

bool LogWorld::strike(Tape& tape, const std::function<bool(std::size_t)>& known_beyond) {
    if (!clean_ || log_.empty() || truth_.halted()) return false;
    bool struck = false;
    if (fault_ == LogFault::truncate) struck = truncate(tape, known_beyond);
    if (fault_ == LogFault::remove) struck = remove(tape);
    if (fault_ == LogFault::flip) struck = flip(tape);
    tally.faults += struck;
    return struck;
}

bool LogWorld::lead_astray(Tape& tape, Reader& reader) {
    if (fault_ != LogFault::skip || reader.astray || reader.halted()) return false;
    const std::size_t to = reader.offset + 1 + tape.below(4);
    if (to > log_.size() || truths_[to - 1].seq == admitted_before(reader.offset)) return false;
    reader.offset = to;
    reader.astray = true;
    ++tally.faults;
    return true;
}

// Only a loss that somebody can know of: what nobody had read is as if it had never landed.
bool LogWorld::truncate(Tape& tape, const std::function<bool(std::size_t)>& known_beyond) {
    const std::size_t deep = tape.in_thousand(250) ? 40 : 7;
    const std::size_t lost = 1 + tape.below_size(std::min(log_.size(), deep));
    const std::size_t from = log_.size() - lost;
    const bool any_admitted = std::any_of(
        truths_.begin() + static_cast<std::ptrdiff_t>(from),
        truths_.end(),
        [](const Truth& truth) { return truth.verdict == Verdict::admitted; }
    );
    if (!any_admitted || !known_beyond(from)) return false;
    log_.resize(from);
    clean_ = false;
    read_again();
    return true;
}

std::uint64_t LogWorld::admitted_before(std::size_t offset) const {
    return offset == 0 ? 0 : truths_[offset - 1].seq;
}

// A later writer, still of the history, had seen what stood at `seq`.
bool LogWorld::read_beyond(std::size_t offset, std::uint64_t seq) const {
    for (std::size_t i = offset + 1; i < log_.size(); ++i) {
        const Record& record = log_[i].wire->record;
        const bool counts =
            truths_[i].verdict == Verdict::admitted && record.kind != RecordKind::announce;
        if (counts && record.known.seq > seq) return true;
    }
    return false;
}

bool LogWorld::remove(Tape& tape) {
    if (log_.size() < 2) return false;
    const std::size_t offset = tape.below_size(log_.size() - 1);
    if (truths_[offset].verdict != Verdict::admitted) return false;
    if (truth_.seq() == truths_[offset].seq) return false;
    const bool seen_later = read_beyond(offset, admitted_before(offset));
    const std::uint64_t seq_before = truth_.seq();
    const Digest head_before = truth_.head();
    hole_ = admitted_before(offset);
    log_[offset].gone = true;
    clean_ = false;
    read_again();
    const bool same = truth_.seq() == seq_before && truth_.head() == head_before;
    if (seen_later && !truth_.halted() && !same) report(Violation::silent_hole);
    return true;
}

bool LogWorld::flip(Tape& tape) {
    const std::size_t offset = tape.below_size(log_.size());
    log_[offset].wire = flipped(*log_[offset].wire, tape.draw());
    clean_ = false;
    read_again();
    if (!truth_.halted()) report(Violation::silent_flip);
    return true;
}

}  // namespace pakashop::simulation

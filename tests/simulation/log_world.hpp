#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/reader.hpp"
#include "tests/simulation/tape.hpp"

namespace pakashop::simulation {

/// What goes wrong with the log itself in a schedule.
enum class LogFault : std::uint8_t {
    none,      ///< Network and crashes only.
    move,      ///< None either, and the log is sealed and copied to another.
    truncate,  ///< It loses a tail that somebody had read.
    remove,    ///< A record in its middle is gone.
    flip       ///< A record's bytes flip.
};

/// What happened in a schedule.
struct Tally {
    std::uint64_t landed = 0;
    std::uint64_t admitted = 0;
    std::uint64_t answers = 0;
    std::uint64_t unsure = 0;   ///< Batches whose outcome stayed unknown.
    std::uint64_t zombies = 0;  ///< Batches of deposed leaders.
    std::uint64_t crashes = 0;
    std::uint64_t moves = 0;
    std::uint64_t faults = 0;
    std::uint64_t halts = 0;
    Tally& operator+=(const Tally& more);
};

/// One record as it lies in the log.
struct Landed {
    WirePointer wire;
    std::uint32_t serial = 0;  ///< Of this landing: two copies of a record have two.
    bool gone = false;
};

/// What the log's own fold says of an offset, once it has read it.
struct Truth {
    Verdict verdict = Verdict::halt;
    Digest head{};
    std::uint64_t seq = 0;
    Shelf shelf;
};

/// The physical log, and the fold of exactly what is in it.
class LogWorld {
public:
    LogWorld(const Rules& rules, LogFault fault);

    std::size_t size() const { return log_.size(); }
    const Landed& at(std::size_t offset) const { return log_[offset]; }
    const std::vector<Landed>& log() const { return log_; }
    const Truth& truth(std::size_t offset) const { return truths_[offset]; }
    const Reader& truth() const { return truth_; }
    /// False from the moment something happened to the log itself.
    bool clean() const { return clean_; }
    bool sealed() const { return sealed_; }
    LogFault fault() const { return fault_; }
    /// The shelf after so many offsets.
    const Shelf& shelf_after(std::size_t offsets) const;

    void land(const WirePointer& wire);
    /// Reads one record for a reader; nothing at the end, or once it has halted.
    std::optional<Verdict> read(Reader& reader);
    /// Lets the schedule's fault happen, if it can now. `known_beyond` says whether somebody has
    /// read beyond an offset.
    bool strike(Tape& tape, const std::function<bool(std::size_t)>& known_beyond);

    /// True for a record of the batch in which a hole was torn: nobody who is left can know of it,
    /// and only a witness could tell.
    bool behind_hole(const Wire& wire) const { return hole_ && wire.record.known.seq <= *hole_; }

    void report(Violation violation) { seen_ |= 1U << static_cast<unsigned>(violation); }
    bool violated() const { return seen_ != 0; }
    bool violated(Violation violation) const {
        return (seen_ >> static_cast<unsigned>(violation) & 1U) != 0;
    }
    /// A reader halted: a fault's doing, or a violation.
    void note_halt();
    Tally tally;

private:
    void follow(const Landed& landed, bool first_time);
    void check_admitted(const Wire& wire);
    void check_reader(Reader& reader, Verdict verdict);
    void read_again();
    bool truncate(Tape& tape, const std::function<bool(std::size_t)>& known_beyond);
    bool remove(Tape& tape);
    bool flip(Tape& tape);
    std::uint64_t admitted_before(std::size_t offset) const;
    bool read_beyond(std::size_t offset, std::uint64_t seq) const;

    Rules rules_;
    LogFault fault_;
    std::vector<Landed> log_;
    std::vector<Truth> truths_;
    Reader truth_;
    Shelf genesis_;
    std::optional<std::uint64_t> hole_;  ///< The position of a removed record.
    bool clean_ = true;
    bool sealed_ = false;
    std::uint32_t serial_ = 0;
    std::uint32_t seen_ = 0;
};

}  // namespace pakashop::simulation

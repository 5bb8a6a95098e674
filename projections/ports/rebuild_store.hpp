#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "projections/ports/row_store.hpp"
#include "projections/projection.hpp"

namespace pakashop::model {

/// A live table beside its rebuilt twin, both at the same place of the log.
struct TableComparison {
    std::string table;
    std::uint64_t rows_live = 0;
    std::uint64_t rows_rebuilt = 0;
    Digest live{};
    Digest rebuilt{};
    std::uint64_t different = 0;        ///< Rows that differ, or stand on one side only.
    std::vector<std::string> examples;  ///< Keys of some of them.

    bool equal() const { return live == rebuilt && rows_live == rows_rebuilt; }
};

struct RebuildFailure {
    enum class Kind { unavailable, refused };
    Kind kind = Kind::unavailable;
    std::string detail;
};

/// Where one projection is built again beside its live tables. The calls come in the order they
/// stand here, by one thread; rows are written between begin and finish, and after hold.
class RebuildStore {
public:
    virtual ~RebuildStore() = default;

    /// Makes empty twins of the projection's tables, and forgets those of an earlier try. Refused
    /// while another store rebuilds the same projection, whose twins stay as they are.
    virtual Result<void, RebuildFailure> begin(const Projection& projection) = 0;
    /// Takes the rows of the twins.
    virtual RowStore& rows() = 0;
    /// Where the live group stands just now.
    virtual Result<std::vector<Checkpoint>, RebuildFailure> live(std::string_view group) = 0;
    /// Gives the twins the indexes that only reading needs.
    virtual Result<void, RebuildFailure> finish() = 0;
    /// Stops the live group where it stands, and tells where, until one of the calls below.
    virtual Result<std::vector<Checkpoint>, RebuildFailure> hold(std::string_view group) = 0;
    /// Compares as things are now; the live group goes on meanwhile.
    virtual Result<std::vector<TableComparison>, RebuildFailure> compare() = 0;
    /// The twins take the place of the live tables, which are kept as `…__old`.
    virtual Result<void, RebuildFailure> swap() = 0;
    /// Takes the twins away and lets the live group go on.
    virtual void discard() = 0;
};

}  // namespace pakashop::model

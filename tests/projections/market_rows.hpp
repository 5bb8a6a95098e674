#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/memory/memory_log.hpp"
#include "events/statuses.hpp"
#include "projections/memory_tables.hpp"
#include "tests/kit/event_recorder.hpp"
#include "tests/kit/plain_vault.hpp"

/// One order of two shops, as far as a test takes it, and the rows that follow.
namespace pakashop::model {

/// A log with one writer, and the core tables that follow from it.
class World {
public:
    void commit(const std::string& key, std::vector<kit::StreamEvent> events) {
        recorder.commit(key, std::move(events));
    }
    /// Every table, as the log so far makes it.
    MemoryTables rows();
    Instant now() { return recorder.now(); }

    MemoryLog log{"g1", 1};
    kit::PlainVault vault;
    kit::EventRecorder recorder{log, vault};
};

inline const OrderId order{"ord_1"};
inline const UserId buyer{"usr_1"};
inline const ShopId first_shop{"shp_1"};
inline const ShopId second_shop{"shp_2"};
/// 100 and 50 kwacha, one of each shop.
extern const std::vector<OrderLine> two_lines;

void place(World& world);
/// The order is paid and confirmed.
void capture(World& world);
void accept(World& world, const ShopId& shop);
void of_payment(World& world, PaymentEvent event);

PaymentStatus payment_status(const MemoryTables& rows);
OrderStatus status(const MemoryTables& rows);
/// What the postings of an account come to.
std::int64_t balance(const MemoryTables& rows, std::string_view account);

}  // namespace pakashop::model

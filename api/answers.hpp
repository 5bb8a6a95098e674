#pragma once

#include <string_view>
#include <vector>

#include "api/route.hpp"

/// What routes answer, told once: `/openapi.json` and `/docs` show it, and the service tests hold
/// every answer they get against it.
namespace pakashop::api {

/// A shape in the notation of api.md: `{id, price:money, note?, images:[{url, status}]}`.
///
///     name, name?     a member, `?` if not every answer has it
///     *:X             members of any name, each an X
///     [X]             a list
///     X|null          an X, or null where there is none
///     text            also what a member is that says nothing else
///     money integer number boolean time hash any
///     Order           a shape of named_shapes()
///
/// A slip in it is a bug, met as soon as the routes are declared.
Shape told(std::string_view notation);

/// A page of a list: `{"data":[…],"nextCursor":…}`.
Shape list_of(std::string_view name);

/// A shape that others refer to by its name.
struct NamedShape {
    std::string_view name;
    Shape shape;
};
const std::vector<NamedShape>& named_shapes();

}  // namespace pakashop::api

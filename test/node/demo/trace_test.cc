// SPDX-License-Identifier: Apache-2.0
#include "node/demo/trace.h"

#include <catch2/catch.hpp>

using namespace verbena;

namespace {

const std::string head = "time,stand,customer,sku,quantity\n";

}  // namespace

TEST_CASE("Rows of one customer, stand and second are one sale, sales come in order of time") {
  const auto trace = node::read_trace(head +
                                          "2027-08-06T18:00:05,bar-2,c1,beer,1\n"
                                          "2027-08-06T18:00:01,bar-1,c1,beer,2\r\n"
                                          "2027-08-06T18:00:01,bar-1,c1,water,1\n"
                                          "2027-08-06T18:00:01,bar-1,,water,3\n",
                                      "t.csv");
  REQUIRE(trace.ok());
  REQUIRE(trace->size() == 3);
  CHECK((*trace)[0].customer.empty());
  CHECK((*trace)[1].lines.size() == 2);
  CHECK((*trace)[2].stand == "bar-2");
}

TEST_CASE("A bad row is refused with its line") {
  const auto problem = [](const std::string& row) {
    const auto trace =
        node::read_trace(head + "2027-08-06T18:00:05,bar-2,c1,beer,1\n" + row + "\n", "t.csv");
    REQUIRE_FALSE(trace.ok());
    return trace.error().text.substr(0, 8);
  };
  for (const char* row :
       {"2027-08-06T18:00:05,bar-2,c1,beer", "yesterday,bar-2,c1,beer,1",
        "2027-13-06T18:00:05,bar-2,c1,beer,1", "2027-08-06T18:00:05,Bar 2,c1,beer,1",
        "2027-08-06T18:00:05,bar-2,c1,,1", "2027-08-06T18:00:05,bar-2,c1,beer,0",
        "2027-08-06T18:00:05,bar-2,c1,beer,-1", "2027-08-06T18:00:05,bar-2,c1,beer,1.5",
        "2027-08-06T18:00:05,bar-2,c1,beer,99999"}) {
    CAPTURE(row);
    CHECK(problem(row) == "t.csv:3:");
  }
  CHECK_FALSE(node::read_trace("sku,quantity\nbeer,1\n", "t.csv").ok());
  CHECK_FALSE(node::read_trace(head, "t.csv").ok());
  CHECK_FALSE(node::read_trace("", "t.csv").ok());
}

if(TARGET tutti::asio)
  target_link_libraries(test_unit_asio PRIVATE tutti::asio)
endif()
